// The script of the publishing wizard: it keeps what is typed.
import "./publish/draft-form";

// On a phone the steps are a line that scrolls: the one that is open is to be seen.
document.querySelector("#rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

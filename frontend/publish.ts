// The script of the publishing wizard: it keeps what is typed, and follows what is under way.
import "./publish/draft-form";
import "./publish/following";

// On a phone the steps are a line that scrolls: the one that is open is to be seen.
document.querySelector("#rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

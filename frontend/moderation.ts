// The script of the moderators' console, beside that of every page.
import "./moderation/case-keys";

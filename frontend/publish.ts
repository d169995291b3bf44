// The script of the publishing wizard: it keeps what is typed, and follows what is under way.
import "./publish/draft-form";
import "./publish/following";

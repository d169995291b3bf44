// The script of the page of its own of a conversation, beside that of every page.
import "./playground/playground";
import "./playground/run-it";
import "./playground/bench";

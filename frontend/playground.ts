// The script of pages with a playground, beside that of every page.
import "./playground/playground";
import "./playground/run-it";
import "./playground/sense-form";

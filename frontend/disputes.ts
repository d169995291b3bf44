// The script of a dispute's page, beside that of every page.
import "./disputes/dispute-files";

// The script of pages with rows of models: the sheet of filters, the histogram of sizes, and the tray for comparisons.
import "./catalogue/size-range";
import "./catalogue/filter-sheet";
import "./catalogue/compare-tray";
import "./catalogue/typed";

// Everything here is an extra: without it every page reads and every link and form works.
import "./requests";
import "./theme";
import "./keyboard";
import "./copy";
import "./times";
import "./wallet-loader";
import "./playground";
import "./order";
import "./referrer";
import "./seller";

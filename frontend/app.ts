// The script of every page. Everything here is an extra: without it every page reads, and every link and form works.
// What lies in this folder itself is a bundle of its own; the rooms below it hold what the bundles are made of.
import "./site/requests";
import "./site/theme";
import "./site/keyboard";
import "./site/commands";
import "./site/suggest";
import "./site/times";
import "./site/transitions";
import "./site/print";
import "./site/counted";
import "./site/page-tabs";
import "./wallet/connect";
import "./buying/referrer";
import "./buying/buy-form";
import "./buying/buy-panel";
import "./buying/order-flow";
import "./selling/seller-desk";
import "./selling/list-rows";
import "./dao/countdown";
import "./reviews/helpful-marks";
import "./live/live-part";

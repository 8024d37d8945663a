// Load on the work page: its styles and the one part that lives there.
import "../css/work.css";
import { mountParts } from "./mounting.js";
import * as work from "./parts/work.js";

mountParts(document.body, { work: () => Promise.resolve(work) });

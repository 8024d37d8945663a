// Load on every page: styles, htmx, and the parts found in the page or in what htmx swaps in.
import "../css/app.css";
import htmx from "htmx.org";
import { mountParts } from "./mounting.js";

const LOADERS = {
  chart: () => import("./parts/chart.js"),
  confirm: () => import("./parts/confirm.js"),
  correct: () => import("./parts/correct.js"),
  copy: () => import("./parts/copy.js"),
  dropfile: () => import("./parts/dropfile.js"),
  preview: () => import("./parts/preview.js"),
  progress: () => import("./parts/progress.js"),
  queue: () => import("./parts/queue.js"),
  tabs: () => import("./parts/tabs.js"),
  task: () => import("./parts/task.js"),
  theme: () => import("./parts/theme.js"),
  tryout: () => import("./parts/tryout.js"),
};

htmx.onLoad((root) => mountParts(root, LOADERS));

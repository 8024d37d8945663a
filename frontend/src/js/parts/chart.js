// A line over time for each of data-series ({name, values}), at data-times; the colours are the theme's.
import { LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);
const THEME = "data-bs-theme";

export function mount(element) {
  const chart = init(element, null, { renderer: "svg" });
  const draw = () => chart.setOption(options(element.dataset), true);
  const resizes = new ResizeObserver(() => chart.resize());
  const themes = new MutationObserver(draw);
  // A new chart takes this one's place whenever the numbers are fetched again.
  const leaving = new MutationObserver(() => {
    if (element.isConnected) return;
    [resizes, themes, leaving].forEach((each) => each.disconnect());
    chart.dispose();
  });

  resizes.observe(element);
  themes.observe(document.documentElement, { attributeFilter: [THEME] });
  leaving.observe(document.body, { childList: true, subtree: true });
  draw();
}

function options({ times, series }) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const moments = JSON.parse(times).map((each) => Date.parse(each.replace(" ", "T")));
  const text = { color: colour("--tblr-secondary") };
  const split = { lineStyle: { color: colour("--tblr-border-color") } };
  return {
    animation: false,
    aria: { enabled: true },
    color: [colour("--tblr-link-color"), colour("--good")],
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, textStyle: text },
    tooltip: { trigger: "axis", confine: true, renderMode: "richText" },
    xAxis: { type: "time", axisLabel: { ...text, hideOverlap: true }, axisLine: split },
    yAxis: { type: "value", minInterval: 1, axisLabel: text, splitLine: split },
    series: JSON.parse(series).map(({ name, values }) => ({
      name,
      type: "line",
      showSymbol: moments.length < 3,
      lineStyle: { width: 2 },
      areaStyle: { opacity: 0.08 },
      data: values.map((value, place) => [moments[place], value]),
    })),
  };
}

/* Charts out of the data that stands beside them; the tables say the same to whoever sees none. */
"use strict";

(() => {
  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    const of = name => style.getPropertyValue(name).trim();
    return {
      series: [1, 2, 3, 4].map(number => of(`--chart-${number}`)),
      text: of("--pico-color"),
      muted: of("--pico-muted-color"),
      grid: of("--pico-muted-border-color"),
      back: of("--pico-background-color"),
    };
  };

  /* Colours are told apart by hatching as well, and lines by dashes and points. */
  const hatch = (colour, back, kind) => {
    if (kind === 0) return colour;
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const brush = tile.getContext("2d");
    brush.fillStyle = back;
    brush.fillRect(0, 0, 8, 8);
    brush.strokeStyle = brush.fillStyle = colour;
    brush.lineWidth = 2.5;
    brush.beginPath();
    if (kind === 1) for (const at of [-8, 0, 8]) { brush.moveTo(at, 8); brush.lineTo(at + 8, 0); }
    if (kind === 2) { brush.arc(4, 4, 2.2, 0, 7); brush.fill(); }
    if (kind === 3) { brush.moveTo(0, 4); brush.lineTo(8, 4); }
    brush.stroke();
    return brush.createPattern(tile, "repeat");
  };
  const DASHES = [[], [6, 4], [2, 3], [10, 3, 2, 3]];
  const POINTS = ["circle", "rect", "triangle", "rectRot"];

  /* Under the places there is little room: the hour, the day in its year, the beginning of a name. */
  const short = label => {
    const [, day, hour] = /^\d{4}-(\d\d-\d\d)(?: (\d\d:\d\d))?$/.exec(label) ?? [];
    if (day) return hour === undefined || hour === "00:00" ? day : hour;
    return label.length > 22 ? `${label.slice(0, 21)}…` : label;
  };

  const drawn = [];
  const draw = canvas => {
    const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    const paint = colours();
    const isLines = data.kind === "lines";
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    drawn.push(new Chart(canvas, {
      type: isLines ? "line" : "bar",
      data: {
        labels: data.labels,
        datasets: data.series.map((series, index) => ({
          label: series.label,
          data: series.values,
          borderColor: paint.series[index],
          backgroundColor: isLines ? paint.series[index] : hatch(paint.series[index], paint.back, index),
          borderWidth: isLines ? 2 : 1,
          borderDash: isLines ? DASHES[index] : [],
          pointStyle: POINTS[index],
          pointRadius: data.labels.length > 60 ? 0 : 3,
          tension: 0,
        })),
      },
      options: {
        animation: isStill ? false : { duration: 250 },
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { stacked: data.kind === "stacked", ticks: { color: paint.muted, maxRotation: 60, autoSkip: true, callback: (_, index) => short(data.labels[index]) }, grid: { display: false } },
          y: { stacked: data.kind === "stacked", beginAtZero: true, ticks: { color: paint.muted, precision: 0 }, grid: { color: paint.grid } },
        },
        plugins: {
          legend: { display: data.series.length > 1, labels: { color: paint.text, usePointStyle: isLines } },
        },
      },
    }));
  };
  const drawAll = () => {
    while (drawn.length) drawn.pop().destroy();
    document.querySelectorAll("canvas[data-chart]").forEach(draw);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  document.addEventListener("DOMContentLoaded", drawAll);
})();

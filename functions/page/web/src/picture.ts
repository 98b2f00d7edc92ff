// A chart as a PNG: what is on the screen, with its title, its legend and where the numbers are from.
import type { Chart } from "./chart";
import { DASHES } from "./chart";

const MARGIN = 16;

export function png(chart: Chart, title: string, unit: string, names: string[], note: string): Promise<Blob> {
  const drawn = chart.canvas;
  if (!drawn) return Promise.reject(new Error("the chart is not drawn yet"));
  const ratio = devicePixelRatio;
  const css = getComputedStyle(document.documentElement);
  const colour = (name: string): string => css.getPropertyValue(name).trim();
  const font = colour("--font");
  const width = drawn.width / ratio + 2 * MARGIN;
  const top = 58 + 20 * names.length;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(drawn.height + (top + 34) * ratio);
  const ctx = canvas.getContext("2d");
  if (!ctx) return Promise.reject(new Error("this browser draws no pictures"));
  ctx.scale(ratio, ratio);
  ctx.fillStyle = colour("--card");
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.fillStyle = colour("--text");
  ctx.font = `600 16px ${font}`;
  ctx.fillText(title, MARGIN, 28);
  ctx.fillStyle = colour("--faint");
  ctx.font = `12px ${font}`;
  ctx.fillText(unit, MARGIN, 46);
  names.forEach((name, nth) => {
    const y = 66 + 20 * nth;
    ctx.strokeStyle = colour(`--s${nth}`);
    ctx.lineWidth = 2;
    ctx.setLineDash(DASHES[nth] ?? []);
    ctx.beginPath();
    ctx.moveTo(MARGIN, y - 4);
    ctx.lineTo(MARGIN + 24, y - 4);
    ctx.stroke();
    ctx.fillText(name, MARGIN + 32, y);
  });
  ctx.drawImage(drawn, MARGIN, top, drawn.width / ratio, drawn.height / ratio);
  ctx.font = `11px ${font}`;
  ctx.fillText(note, MARGIN, canvas.height / ratio - 12);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture was made"))), "image/png");
  });
}

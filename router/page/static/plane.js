// The plane of cost and predicted quality, drawn anew whenever something on it moves.
import { tickMoney } from "./numbers.js";

const NS = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [1080, 360, 70, 1060, 26, 312];

const shape = (tag, attributes, text) => {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, typeof value === "number" ? value.toFixed(2) : value);
  }
  if (text !== undefined) made.textContent = text;
  return made;
};

export function drawPlane(svg, dots, { best, band, labels, money, percent, onPick, onBand }) {
  const costs = dots.map((dot) => dot.cost).filter((cost) => cost > 0);
  const low = Math.min(...costs) / 1.4, high = Math.max(...costs) * 1.4;
  const qualities = dots.map((dot) => dot.quality);
  const edge = best === null ? [] : [best - band];
  const least = Math.max(0, Math.min(...qualities, ...edge) - 0.01), most = Math.min(1, Math.max(...qualities) + 0.008);
  const x = (cost) => LEFT + ((RIGHT - LEFT) * Math.log(cost / low)) / Math.log(high / low);
  const y = (quality) => BOTTOM - ((BOTTOM - TOP) * (quality - least)) / (most - least);
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  const parts = [];
  if (best !== null) parts.push(...strip(y(best), y(Math.max(least, best - band)), labels.band));
  for (const tick of decades(low, high)) {
    parts.push(shape("line", { class: "grid", x1: x(tick), x2: x(tick), y1: TOP, y2: BOTTOM }));
    parts.push(shape("text", { class: "tick", x: x(tick), y: BOTTOM + 20, "text-anchor": "middle" }, tickMoney(tick)));
  }
  for (const tick of rounds(least, most)) {
    parts.push(shape("line", { class: "grid", x1: LEFT, x2: RIGHT, y1: y(tick), y2: y(tick) }));
    parts.push(shape("text", { class: "tick", x: LEFT - 10, y: y(tick) + 4, "text-anchor": "end" }, percent(tick, 1)));
  }
  parts.push(shape("text", { class: "head", x: 10, y: 12 }, labels.quality));
  parts.push(shape("text", { class: "head", x: RIGHT, y: BOTTOM + 40, "text-anchor": "end" }, labels.cost));
  const placed = dots.filter((dot) => dot.cost > 0).map((dot) => ({ ...dot, x: x(dot.cost), y: y(dot.quality) }));
  parts.push(...names(placed), ...placed.flatMap((dot) => marks(dot, money, percent, onPick)));
  svg.replaceChildren(...parts);
  svg.onpointerdown = (event) => {
    const at = place(svg, event);
    if (best === null || !onBand || Math.abs(at.y - y(best - band)) > 14) return;
    svg.setPointerCapture(event.pointerId);
    svg.onpointermove = (move) => onBand(best - (least + ((BOTTOM - place(svg, move).y) * (most - least)) / (BOTTOM - TOP)));
    svg.onpointerup = () => (svg.onpointermove = null);
  };
}

function place(svg, event) {
  const box = svg.getBoundingClientRect();
  return { x: ((event.clientX - box.left) * WIDTH) / box.width, y: ((event.clientY - box.top) * HEIGHT) / box.height };
}

function strip(top, bottom, label) {
  return [
    shape("rect", { class: "strip", x: LEFT, y: top, width: RIGHT - LEFT, height: Math.max(1, bottom - top) }),
    shape("line", { class: "edge grab", x1: LEFT, x2: RIGHT, y1: bottom, y2: bottom }),
    shape("text", { class: "tick", x: RIGHT - 6, y: bottom - 6, "text-anchor": "end" }, label),
  ];
}

function marks(dot, money, percent, onPick) {
  const kind = dot.excluded ? `${dot.colour} hollow` : dot.colour;
  const mark = shape("circle", { class: `${kind} pick`, cx: dot.x, cy: dot.y, r: 6 });
  mark.append(shape("title", {}, `${dot.name}: ${money(dot.cost)}, ${percent(dot.quality, 1)}${dot.excluded ? `, ${dot.excluded}` : ""}`));
  mark.addEventListener("click", () => onPick?.(dot.name));
  return dot.winner ? [shape("circle", { class: "ring", cx: dot.x, cy: dot.y, r: 11 }), mark] : [mark];
}

function names(dots) {
  const boxes = dots.map((dot) => [dot.x - 8, dot.y - 8, dot.x + 8, dot.y + 8]);
  const touch = (one, other) => one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
  return [...dots].sort((one, other) => Number(other.winner) - Number(one.winner) || one.y - other.y).map((dot) => {
    const wide = 7.4 * dot.name.length;
    const places = [[15, 4.5], [-15, 4.5], [15, -9], [-15, -9], [15, 19], [-15, 19]];
    const box = ([dx, dy]) => [dot.x + dx - (dx < 0 ? wide : 0), dot.y + dy - 11, dot.x + dx + (dx < 0 ? 0 : wide), dot.y + dy + 3];
    const free = places.find((at) => box(at)[0] > LEFT && box(at)[2] < RIGHT + 18 && !boxes.some((other) => touch(box(at), other)));
    const [dx, dy] = free ?? places[0];
    boxes.push(box([dx, dy]));
    const kind = dot.winner ? "name own" : dot.excluded ? "name tick" : "name";
    return shape("text", { class: kind, x: dot.x + dx, y: dot.y + dy, "text-anchor": dx < 0 ? "end" : null }, dot.name);
  });
}

function decades(low, high) {
  const found = [];
  const powers = Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low));
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const times of powers > 3 ? [1] : [1, 2, 5]) {
      const tick = times * 10 ** power;
      if (tick >= low && tick <= high) found.push(tick);
    }
  }
  return found;
}

function rounds(least, most) {
  const rough = (most - least) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((times) => times * power).find((size) => size >= rough);
  const found = [];
  for (let tick = Math.ceil(least / step) * step; tick <= most + 1e-12; tick += step) found.push(tick);
  return found;
}

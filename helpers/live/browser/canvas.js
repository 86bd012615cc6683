// Draws a live figure. The kernel sends axes, styles and numbers; this file turns them
// into lines, points, pictures, bars and words on a canvas, once a screen refresh at
// most.

const FONT = '"DejaVu Sans", Verdana, "Segoe UI", sans-serif';
const DOT = 100 / 72; // pixels in a point
const RARELY = 2000; // milliseconds between frames where motion is to be reduced

// What each figure shows, by its key: all views of one figure share it.
const figures = new Map();

export default {
  initialize({ model }) {
    const { key } = model.get("plan");
    const figure = { panels: {}, said: "", views: new Set() };
    figures.set(key, figure);
    model.on("msg:custom", (message, buffers) => {
      receive(figure, message, buffers);
      for (const view of figure.views) view.plan_drawing(Object.keys(message.panels));
    });
    model.send({ kind: "ready" });
    return () => figures.delete(key);
  },

  render({ model, el }) {
    const plan = model.get("plan");
    const view = new View(plan, figures.get(plan.key), el);
    let touched = 0; // a pointer that moves over the figure: someone is there
    view.canvas.addEventListener("pointermove", () => {
      if (Date.now() - touched < 1000) return;
      touched = Date.now();
      model.send({ kind: "touch" });
    });
    return () => view.remove();
  },
};

// ---------------------------------------------------------------- what is received

function receive(figure, message, buffers) {
  if (message.said !== undefined) figure.said = message.said;
  for (const [name, sent] of Object.entries(message.panels)) {
    const panel = (figure.panels[name] ??= { fixed: {}, moving: {}, version: 0 });
    if (sent.axes) {
      panel.axes = sent.axes;
      panel.version += 1;
    }
    if (sent.fixed) {
      panel.fixed = {};
      for (const [key, mark] of Object.entries(sent.fixed)) {
        update_mark(panel.fixed, key, mark, buffers);
      }
      panel.version += 1;
    }
    for (const [key, mark] of Object.entries(sent.moving)) {
      update_mark(panel.moving, key, mark, buffers);
    }
    panel.order = sent.order;
  }
}

function update_mark(marks, key, sent, buffers) {
  if (marks[key] === undefined) {
    if (sent.style === undefined) return; // its beginning was missed: a whole frame follows
    marks[key] = { data: [] };
  }
  const mark = marks[key];
  if (sent.style) mark.style = sent.style;
  if (sent.from > 0) {
    if (sent.from !== mark.count) return; // points were missed: a whole frame follows
    append(mark, sent, buffers);
  } else {
    for (const [place, number] of Object.entries(sent.data ?? {})) {
      mark.data[place] = as_array(buffers[number], mark.style.kind);
    }
    mark.used = mark.data[0]?.length;
  }
  mark.count = sent.count;
  mark.bitmap = undefined;
}

function as_array(view, kind) {
  const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  return kind === "Picture" ? new Uint8Array(bytes) : new Float32Array(bytes);
}

function append(mark, sent, buffers) {
  const more = [0, 1].map((place) => as_array(buffers[sent.data[place]], "Line"));
  const used = mark.used + more[0].length;
  for (const place of [0, 1]) {
    if (mark.data[place].length < used) {
      const larger = new Float32Array(2 * used);
      larger.set(mark.data[place].subarray(0, mark.used));
      mark.data[place] = larger;
    }
    mark.data[place].set(more[place], mark.used);
  }
  mark.used = used;
}

// ------------------------------------------------------------------------- drawing

class View {
  constructor(plan, figure, el) {
    this.plan = plan;
    this.figure = figure;
    this.waiting = new Set();
    this.backgrounds = {};
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.dataset.frames = 0;
    el.classList.add("nn-figure");
    el.append(this.canvas);
    figure.views.add(this);
    this.observer = new ResizeObserver(() => this.fit(el));
    this.observer.observe(el);
    this.fit(el);
  }

  remove() {
    this.figure.views.delete(this);
    this.observer.disconnect();
    cancelAnimationFrame(this.request);
    clearTimeout(this.timer);
  }

  fit(el) {
    const [width, height] = this.plan.size;
    const most = width * this.plan.zoom; // larger on a projector
    const shown = Math.min(most, el.clientWidth || most);
    const ratio = (shown / width) * (window.devicePixelRatio || 1);
    if (ratio === this.ratio) return;
    this.ratio = ratio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${shown}px`;
    this.canvas.style.height = `${(shown * height) / width}px`;
    this.backgrounds = {};
    this.draw(Object.keys(this.figure.panels));
  }

  plan_drawing(names) {
    for (const name of names) this.waiting.add(name);
    if (this.request !== undefined || this.timer !== undefined) return;
    const rare =
      this.plan.rare || matchMedia("(prefers-reduced-motion: reduce)").matches;
    const wait = rare && this.last ? this.last + RARELY - performance.now() : 0;
    const ask = () => {
      this.timer = undefined;
      this.request = requestAnimationFrame(() => this.draw_waiting());
    };
    if (wait > 0) this.timer = setTimeout(ask, wait);
    else ask();
  }

  draw_waiting() {
    this.request = undefined;
    this.last = performance.now();
    this.draw(this.waiting);
    this.waiting.clear();
    this.canvas.dataset.frames = Number(this.canvas.dataset.frames) + 1;
  }

  draw(names) {
    const context = this.canvas.getContext("2d");
    for (const name of names) {
      const panel = this.figure.panels[name];
      if (!panel?.axes) continue;
      const [left, top, width, height] = this.plan.places[name];
      const background = this.background(name, panel, width, height);
      context.setTransform(1, 0, 0, 1, 0, 0);
      const corner = [Math.round(left * this.ratio), Math.round(top * this.ratio)];
      context.drawImage(background, ...corner);
      context.setTransform(this.ratio, 0, 0, this.ratio, ...corner);
      draw_marks(context, this.plan, panel.axes, panel.order.map((k) => panel.moving[k]));
    }
    this.canvas.setAttribute("aria-label", this.figure.said);
  }

  background(name, panel, width, height) {
    const kept = this.backgrounds[name];
    if (kept?.version === panel.version) return kept.picture;
    const picture = document.createElement("canvas");
    picture.width = Math.round(width * this.ratio);
    picture.height = Math.round(height * this.ratio);
    const context = picture.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, picture.width, picture.height);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    draw_axes(context, this.plan, panel.axes);
    draw_marks(context, this.plan, panel.axes, Object.values(panel.fixed));
    this.backgrounds[name] = { version: panel.version, picture };
    return picture;
  }
}

function across(axes, x) {
  const [left, , right] = axes.box;
  const [low, high] = axes.xlim;
  return left + ((x - low) / (high - low)) * (right - left);
}

function up(axes, y) {
  const [, top, , bottom] = axes.box;
  let [low, high] = axes.ylim;
  if (axes.log) [low, high, y] = [low, high, y].map(Math.log10); // gaps: NaN, -Infinity
  return bottom - ((y - low) / (high - low)) * (bottom - top);
}

function draw_axes(context, plan, axes) {
  const [left, top, right, bottom] = axes.box;
  const { pixels, colours, scale } = plan;
  context.fillStyle = colours.ink;
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.font = `bold ${pixels.title}px ${FONT}`;
  const title = top - axes.rows * plan.line - 12 * scale;
  context.fillText(axes.title, axes.frame ? left : 12, title);
  if (!axes.frame) return;
  context.lineWidth = 1;
  const draw_line = (colour, ...ends) => {
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(ends[0], ends[1]);
    context.lineTo(ends[2], ends[3]);
    context.stroke();
  };
  context.font = `${pixels.tick}px ${FONT}`;
  let widest = 0;
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const [place, text] of axes.xticks) {
    const x = across(axes, place);
    if (axes.grid) draw_line(colours.grid, x, top, x, bottom);
    draw_line(colours.faint, x, bottom, x, bottom + 5);
    context.fillText(text, x, bottom + 9);
  }
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const [place, text] of axes.yticks) {
    const y = up(axes, place);
    if (axes.grid) draw_line(colours.grid, left, y, right, y);
    draw_line(colours.faint, left - 5, y, left, y);
    context.fillText(text, left - 8, y);
    widest = Math.max(widest, context.measureText(text).width);
  }
  draw_line(colours.faint, left, top, left, bottom);
  draw_line(colours.faint, left, bottom, right, bottom);
  context.font = `${pixels.label}px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "top";
  const below = bottom + 9 + 1.35 * pixels.tick;
  context.fillText(axes.xlabel, (left + right) / 2, below);
  context.save();
  context.translate(left - 14 - widest, (top + bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "bottom";
  context.fillText(axes.ylabel, 0, 0);
  context.restore();
}

const DRAW = { Line: draw_line, Points: draw_points, Picture: draw_picture, Bars: draw_bars };

function draw_marks(context, plan, axes, marks) {
  const [left, top, right, bottom] = axes.box;
  for (const mark of marks) {
    if (mark === undefined) continue;
    context.save();
    if (mark.style.kind === "Texts") {
      draw_texts(context, plan, axes, mark.style);
    } else {
      context.beginPath();
      context.rect(left, top, right - left, bottom - top);
      context.clip();
      context.globalAlpha = mark.style.alpha ?? 1;
      DRAW[mark.style.kind](context, axes, mark);
    }
    context.restore();
  }
}

function draw_line(context, axes, { style, data: [xs, ys], used }) {
  const width = style.width * DOT;
  context.strokeStyle = style.colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.lineCap = style.dashed ? "butt" : "round";
  context.setLineDash(style.dashed ? [3 * width, 1.6 * width] : []);
  context.beginPath();
  let pen_is_down = false;
  for (let k = 0; k < used; k++) {
    // What is far outside of the axes is drawn at their edge: a canvas loses the rest.
    const y = Math.max(-1e5, Math.min(1e5, up(axes, ys[k])));
    const x = across(axes, xs[k]);
    if (!(Number.isFinite(x) && Number.isFinite(ys[k])) || (axes.log && !(ys[k] > 0))) {
      pen_is_down = false;
    } else if (pen_is_down) {
      context.lineTo(x, y);
    } else {
      context.moveTo(x, y);
      pen_is_down = true;
    }
  }
  context.stroke();
}

function draw_points(context, axes, { style, data: [xs, ys] }) {
  const half = (style.size * DOT) / 2;
  context.fillStyle = style.colour;
  context.lineWidth = 0.8 * DOT;
  if (style.edge) context.strokeStyle = style.edge;
  for (let k = 0; k < xs.length; k++) {
    if (!(Number.isFinite(xs[k]) && Number.isFinite(ys[k]))) continue;
    context.beginPath();
    trace_marker(context, style.marker, across(axes, xs[k]), up(axes, ys[k]), half);
    context.fill();
    if (style.edge) context.stroke();
  }
}

// Corners of markers as shares of half their size, y upwards.
const SHAPES = {
  s: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
  "^": [[-1, -1], [1, -1], [0, 1]],
  v: [[-1, 1], [1, 1], [0, -1]],
  "<": [[1, -1], [1, 1], [-1, 0]],
  ">": [[-1, -1], [-1, 1], [1, 0]],
  D: [[-1, 0], [0, -1], [1, 0], [0, 1]],
  P: [
    [-1, -0.34], [-0.34, -0.34], [-0.34, -1], [0.34, -1], [0.34, -0.34], [1, -0.34],
    [1, 0.34], [0.34, 0.34], [0.34, 1], [-0.34, 1], [-0.34, 0.34], [-1, 0.34],
  ],
  p: regular(5),
  h: regular(6),
};

function regular(corners) {
  return Array.from({ length: corners }, (_, k) => {
    const angle = Math.PI / 2 + (2 * Math.PI * k) / corners;
    return [Math.cos(angle), Math.sin(angle)];
  });
}

function trace_marker(context, marker, x, y, half) {
  if (SHAPES[marker] === undefined) {
    context.arc(x, y, half, 0, 2 * Math.PI);
    return;
  }
  for (const [right, high] of SHAPES[marker]) {
    context.lineTo(x + right * half, y - high * half);
  }
  context.closePath();
}

function draw_picture(context, axes, mark) {
  const [high, wide] = mark.style.shape;
  mark.bitmap ??= make_bitmap(mark.data[0], mark.data[1], wide, high);
  const [left, right, bottom, top] = mark.style.place;
  const [x, y] = [across(axes, left), up(axes, top)];
  context.imageSmoothingEnabled = mark.style.smooth;
  context.imageSmoothingQuality = "high";
  context.drawImage(mark.bitmap, x, y, across(axes, right) - x, up(axes, bottom) - y);
}

function make_bitmap(cells, palette, wide, high) {
  const bitmap = document.createElement("canvas");
  bitmap.width = wide;
  bitmap.height = high;
  const context = bitmap.getContext("2d");
  const image = context.createImageData(wide, high);
  for (let k = 0; k < cells.length; k++) {
    const colour = 3 * cells[k];
    for (let c = 0; c < 3; c++) image.data[4 * k + c] = palette[colour + c];
    image.data[4 * k + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return bitmap;
}

function draw_bars(context, axes, { style, data: [left, right, bottom, top] }) {
  const one = typeof style.colour === "string";
  context.lineWidth = 1.6 * DOT;
  for (let k = 0; k < left.length; k++) {
    const [x, y] = [across(axes, left[k]), up(axes, top[k])];
    const box = [x, y, across(axes, right[k]) - x, up(axes, bottom[k]) - y];
    context.fillStyle = one ? style.colour : style.colour[k];
    context.fillRect(...box);
    if (!style.edge) continue;
    context.strokeStyle = style.edge;
    context.strokeRect(...box);
  }
}

function place_text(plan, axes, style, x, y) {
  const [left, top, right, bottom] = axes.box;
  if (style.where === "data") return [across(axes, x), up(axes, y)];
  const place = left + x * (right - left);
  if (style.where === "above") return [place, top - (y + 0.6) * plan.line];
  return [place, bottom - y * (bottom - top)];
}

function draw_texts(context, plan, axes, style) {
  const pixels = plan.pixels[style.size];
  context.font = `${style.bold ? "bold " : ""}${pixels}px ${FONT}`;
  context.textAlign = style.across;
  context.textBaseline = style.up;
  style.texts.forEach((text, k) => {
    const [x, y] = place_text(plan, axes, style, style.xs[k], style.ys[k]);
    if (style.box) {
      const wide = context.measureText(text).width;
      const from = x - { left: 0, center: wide / 2, right: wide }[style.across];
      const over = y - { top: 0, middle: pixels / 2, bottom: pixels }[style.up];
      context.fillStyle = "rgba(255, 255, 255, 0.85)";
      context.fillRect(from - 3, over - 2, wide + 6, pixels + 4);
    }
    context.fillStyle = Array.isArray(style.colour) ? style.colour[k] : style.colour;
    context.fillText(text, x, y);
  });
}

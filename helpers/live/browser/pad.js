// Paper to draw a digit on, with a mouse, a pen or a finger. What is drawn goes to the
// kernel as grey numbers, a few times a second while one draws.

const PEN = 0.085; // the pen's width, as a share of the paper
const PAUSE = 60; // milliseconds between two pictures sent

export default {
  render({ model, el }) {
    const side = model.get("side");
    const paper = document.createElement("canvas");
    paper.className = "nn-paper";
    paper.width = paper.height = side;
    paper.setAttribute("role", "img");
    paper.setAttribute("aria-label", "paper to draw a digit on");
    el.append(paper);
    const context = paper.getContext("2d", { willReadFrequently: true });
    context.lineWidth = PEN * side;
    context.lineCap = context.lineJoin = "round";
    let last = null;
    let timer;

    const place = (event) => {
      const box = paper.getBoundingClientRect();
      const scale = side / paper.clientWidth;
      const edge = paper.clientLeft;
      return [
        (event.clientX - box.left - edge) * scale,
        (event.clientY - box.top - edge) * scale,
      ];
    };
    const send = () => {
      timer = undefined;
      const { data } = context.getImageData(0, 0, side, side);
      const ink = new Uint8Array(side * side);
      for (let k = 0; k < ink.length; k++) ink[k] = data[4 * k + 3]; // black on nothing
      model.send({ kind: "ink" }, undefined, [ink.buffer]);
    };
    const draw_to = (point) => {
      context.beginPath();
      context.moveTo(...last);
      context.lineTo(...point);
      context.stroke();
      last = point;
      timer ??= setTimeout(send, PAUSE);
    };
    const clear = () => {
      context.clearRect(0, 0, side, side);
      send();
    };

    paper.addEventListener("pointerdown", (event) => {
      paper.setPointerCapture(event.pointerId);
      last = place(event);
      draw_to(last);
    });
    paper.addEventListener("pointermove", (event) => {
      if (last === null) return;
      for (const part of event.getCoalescedEvents?.() ?? [event]) draw_to(place(part));
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      paper.addEventListener(kind, () => (last = null));
    }
    model.on("change:sheet", clear);
    return () => {
      clearTimeout(timer);
      model.off("change:sheet", clear);
    };
  },
};

// Loads a widget's code once a page: a browser never forgets a module, and each run of
// a cell makes a new widget.

const modules = (globalThis.neural_networks_by_hand ??= new Map());

async function load(model) {
  const code = model.get("code");
  if (!modules.has(code)) {
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    modules.set(code, import(url));
  }
  return (await modules.get(code)).default;
}

export default {
  async initialize(context) {
    const widget = await load(context.model);
    return widget.initialize?.(context);
  },

  async render(context) {
    const widget = await load(context.model);
    return widget.render(context);
  },
};

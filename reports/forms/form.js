"use strict";
(() => {
  const data = JSON.parse(document.getElementById("questionnaire").textContent);
  const byId = (id) => document.getElementById(id);
  const items = new Map(data.items.map((item) => [item.id, item]));
  const rows = [];
  let language = data.first;
  let answers = new Map();
  let started = new Date();

  const say = (texts) => (texts && texts[language]) || "";
  const words = (key, values = {}) =>
    data.words[language][key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "text") node.textContent = value;
      else if (value !== null) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };

  // Routing: a question is asked if its filter question is asked and answered so.
  const asked = (item) => {
    if (!item.askedIf) return true;
    const filter = items.get(item.askedIf.item);
    return asked(filter) && item.askedIf.values.includes(Number(answers.get(filter.id) ?? NaN));
  };
  const answered = (item) => {
    const answer = answers.get(item.id);
    return answer !== undefined && answer !== "" && !(Array.isArray(answer) && !answer.length);
  };

  const option = (item, kind, value, label, unknown) => {
    const input = make("input", { type: kind, name: item.id, value });
    input.checked = kind === "checkbox"
      ? (answers.get(item.id) || []).includes(value)
      : answers.get(item.id) === value;
    input.addEventListener("change", () => {
      if (kind === "checkbox") {
        const chosen = [...byId("form").elements[item.id].length
          ? byId("form").elements[item.id] : [byId("form").elements[item.id]]];
        answers.set(item.id, chosen.filter((box) => box.checked).map((box) => box.value));
      } else answers.set(item.id, value);
      refresh();
    });
    return make("label", unknown ? { class: "unknown" } : {}, input, label);
  };

  const choices = (item, scale) => {
    const box = make("div", { class: "answers" });
    const labelled = Object.keys(scale.labels).length > 0;
    const kind = item.type === "multiple" ? "checkbox" : "radio";
    if (item.type === "rating") {
      for (let value = scale.minimum; value <= scale.maximum; value += 1) {
        const label = scale.labels[value];
        const node = option(item, kind, String(value), label ? say(label) : String(value));
        if (value === scale.minimum && say(scale.low)) {
          node.firstChild.setAttribute("aria-label", `${value} ${say(scale.low)}`);
        }
        if (value === scale.maximum && say(scale.high)) {
          node.firstChild.setAttribute("aria-label", `${value} ${say(scale.high)}`);
        }
        box.append(node);
      }
    } else {
      for (const [value, texts] of Object.entries(scale.labels)) {
        box.append(option(item, kind, value, say(texts)));
      }
    }
    const line = make("div", { class: "line" }, make("div", { class: "scale" }, box));
    if (item.type === "rating" && !labelled && say(scale.low)) {
      line.firstChild.prepend(make("div", { class: "ends", "aria-hidden": "true" },
        make("span", { text: say(scale.low) }), make("span", { text: say(scale.high) })));
    }
    if (say(scale.dontKnow) && kind === "radio") {
      const unknown = option(item, kind, "dont_know", say(scale.dontKnow), true);
      line.append(make("div", { class: "answers" }, unknown));
    }
    return [line];
  };

  const written = (item) => {
    const tag = item.type === "text" ? "textarea" : "input";
    const scale = item.scale ? data.scales[item.scale] : null;
    const node = make(tag, {
      name: item.id, "aria-labelledby": `l-${item.id}`,
      type: tag === "input" ? "number" : null, step: tag === "input" ? "any" : null,
      min: scale ? scale.minimum : null, max: scale ? scale.maximum : null,
    });
    node.value = answers.get(item.id) ?? "";
    node.addEventListener("input", () => {
      if (node.value === "") answers.delete(item.id); else answers.set(item.id, node.value);
      refresh();
    });
    return [node];
  };

  const question = (item, number) => {
    const legend = make("legend", { id: `l-${item.id}` },
      make("span", { class: "number", text: String(number) }), say(item.text));
    if (item.type === "multiple") legend.append(" ", make("em", { text: words("several") }));
    const body = item.scale && ["rating", "choice", "multiple"].includes(item.type)
      ? choices(item, data.scales[item.scale]) : written(item);
    const clear = make("button", { type: "button", class: "link", text: words("clear") });
    clear.addEventListener("click", () => { answers.delete(item.id); render(); byId(`q-${item.id}`).focus(); });
    return make("fieldset", {
      id: `q-${item.id}`, tabindex: "-1", class: `${item.type}${item.askedIf ? " routed" : ""}`,
    }, legend, ...body, clear);
  };

  const render = () => {
    document.documentElement.lang = language;
    document.title = say(data.title);
    byId("title").textContent = say(data.title);
    for (const key of ["welcome", "private", "save", "next"]) byId(key).textContent = words(key);
    byId("language-label").textContent = words("language");
    const form = byId("form");
    form.replaceChildren();
    let block = null;
    let section = form;
    data.items.forEach((item, place) => {
      if (item.block !== block) {
        block = item.block;
        const found = data.blocks[block];
        section = found ? make("section", { "data-block": block }) : form;
        if (found) {
          const total = found.total ? ` ${words("total", { total: found.total })}` : "";
          if (say(found.title)) section.append(make("h2", { text: say(found.title) }));
          section.append(make("p", { text: say(found.intro) + total }));
          form.append(section);
        }
      }
      section.append(question(item, place + 1));
      const last = data.items[place + 1]?.block !== item.block;
      if (last && item.block && data.blocks[item.block].total) {
        section.append(make("p", { class: "sum", role: "status", id: `sum-${item.block}` }));
      }
    });
    refresh();
  };

  const sums = () => Object.entries(data.blocks).filter(([, block]) => block.total).map(([name, block]) => {
    const parts = data.items.filter((item) => item.block === name);
    const sum = parts.reduce((total, item) => total + Number(answers.get(item.id) ?? 0), 0);
    return { name, sum, total: block.total, begun: parts.some(answered) };
  });

  const refresh = () => {
    const open = data.items.filter(asked);
    for (const item of data.items) {
      const node = byId(`q-${item.id}`);
      node.hidden = !asked(item);
      node.querySelector("button.link").hidden = !answered(item);
    }
    for (const section of document.querySelectorAll("section[data-block]")) {
      section.hidden = !open.some((item) => section.contains(byId(`q-${item.id}`)));
    }
    const done = open.filter(answered).length;
    byId("progress").value = open.length ? done / open.length : 0;
    byId("progress-text").textContent = words("progress", { done, all: open.length });
    for (const { name, sum, total } of sums()) byId(`sum-${name}`).textContent = `${words("sum")}: ${sum} / ${total}`;
  };

  // What stands in the file: numbers and codes as declared, the reason where there is none.
  const cell = (item) => {
    if (!asked(item)) return "not_asked";
    if (!answered(item)) return "skipped";
    const answer = answers.get(item.id);
    if (answer === "dont_know") return String(data.scales[item.scale].codes.dont_know ?? answer);
    if (Array.isArray(answer)) return answer.join(";");
    // A spreadsheet would run such a text as a formula.
    return item.type === "text" && /^[=+\-@\t\r]/.test(answer) ? `'${answer}` : answer;
  };
  const quoted = (value) => (/[",;\r\n]/.test(value) ? `"${value.replace(/"/g, '""')}"` : value);
  const stamp = (time) => new Date(time - time.getTimezoneOffset() * 60000).toISOString().slice(0, 19).replace("T", " ");
  const row = () => [
    language, stamp(started), String(Math.round((Date.now() - started) / 1000)),
    ...data.items.map(cell),
  ];
  const csv = () => {
    const head = ["respondent", "language", "started", "seconds", ...data.items.map((item) => item.id)];
    const all = [...rows, ...(answers.size ? [row()] : [])];
    const lines = [head, ...all.map((values, place) => [String(place + 1), ...values])];
    return `\ufeff${lines.map((line) => line.map(quoted).join(",")).join("\r\n")}\r\n`;
  };

  const unfinished = () => data.items.filter((item) => asked(item) && !answered(item));
  let warned = false;
  const ready = () => {
    const wrong = sums().find((one) => one.begun && one.sum !== one.total);
    if (wrong) {
      byId("message").textContent = words("wrong_total", wrong);
      return false;
    }
    const open = unfinished();
    if (!open.length || warned) return true;
    warned = true;
    const jump = make("button", { type: "button", class: "link", text: words("first_open") });
    jump.addEventListener("click", () => byId(`q-${open[0].id}`).focus());
    byId("message").replaceChildren(words("open", { count: open.length }), " ", jump);
    return false;
  };

  byId("save").addEventListener("click", () => {
    if (!ready()) return;
    const link = make("a", {
      href: URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" })),
      download: `${data.id}-answers.csv`,
    });
    link.click();
    saved = true;
    byId("message").textContent = words("saved", { rows: rows.length + (answers.size ? 1 : 0) });
  });
  byId("next").addEventListener("click", () => {
    if (!answers.size || !ready()) return;
    rows.push(row());
    answers = new Map();
    started = new Date();
    warned = saved = false;
    byId("message").textContent = "";
    render();
    scrollTo(0, 0);
    byId("title").scrollIntoView();
  });

  let saved = false;
  byId("form").addEventListener("input", () => { saved = false; warned = false; });
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("beforeunload", (event) => {
    if ((answers.size || rows.length) && !saved) event.preventDefault();
  });
  const names = new Intl.DisplayNames(data.languages, { type: "language" });
  for (const code of data.languages) {
    const own = new Intl.DisplayNames([code], { type: "language" });
    byId("language").append(make("option", { value: code, text: own.of(code) || names.of(code) }));
  }
  byId("language").value = language;
  byId("language").addEventListener("change", (event) => { language = event.target.value; render(); });
  render();
})();

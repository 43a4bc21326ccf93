"use strict";
// Planted cause `templates`: a release that compiles its template for every page.
//
// - where: press, `GET /pages/{page}` → `compileTemplate`; two instances, one of 2.4.0, one of 2.5.0
// - share: pages rendered by 2.5.0, half of them
// - truth: 50–80 ms of CPU in `compileTemplate` (`cpu.self`) in 2.5.0; 2.4.0 keeps the compiled one and takes ~1 ms. At the
//   desk, `GET /documents/{document}` waits for it (`wait.child`, remote). Without the cause both releases keep it.

/** A house style of 18,000 partials, most of which no page uses. */
exports.houseStyle = () => {
  const partials = Array.from(
    { length: 18_000 },
    (_, n) =>
      `{{def part${n}}}<section class="s${n}">{{if title}}<h2>{{title}}</h2>{{end}}` +
      `{{each line}}<p class="{{kind}}">{{line}}</p>{{end}}</section>{{end}}`,
  );
  return `${partials.join("\n")}{{each line}}<p>{{line}}</p>{{end}}<footer>{{title}}</footer>`;
};

/** A template as a tree. @param {string} source */
exports.compileTemplate = function compileTemplate(source) {
  const root = { kind: "root", children: [] };
  const open = [root];
  for (const [, text, tag] of source.matchAll(/([^{]*)(?:\{\{(.*?)\}\})?/g)) {
    const parent = open.at(-1);
    if (text) parent.children.push({ kind: "text", text });
    if (tag === undefined) continue;
    const [word, name = word] = tag.split(" ");
    if (tag === "end") open.pop();
    else if (word === "def" || word === "if" || word === "each") {
      const node = { kind: word, name, children: [] };
      parent.children.push(node);
      open.push(node);
    } else parent.children.push({ kind: "value", name });
  }
  return root;
};

/** The page's HTML. @param {{ title: string, lines: string[] }} page */
exports.renderPage = function renderPage(node, page, line = "") {
  switch (node.kind) {
    case "text":
      return node.text;
    case "value":
      return node.name === "title" ? page.title : line;
    case "def":
      return "";
    case "if":
      return page.title ? node.children.map((child) => renderPage(child, page, line)).join("") : "";
    case "each":
      return page.lines
        .map((each) => node.children.map((child) => renderPage(child, page, each)).join(""))
        .join("");
    default:
      return node.children.map((child) => renderPage(child, page, line)).join("");
  }
};

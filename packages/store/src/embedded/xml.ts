/** Just enough XML for ClickHouse's config files: elements, escaped text. */
export function element(name: string, content: string | readonly string[]): string {
  const inner = typeof content === "string" ? escapeText(content) : content.join("");
  return `<${name}>${inner}</${name}>\n`;
}

/** Marks markup that is already XML. */
export function raw(markup: string): string {
  return markup;
}

export function xml(root: string, ...children: readonly string[]): string {
  return element(root, children);
}

function escapeText(text: string): string {
  return text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

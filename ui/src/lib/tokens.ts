/** Reads design tokens (CSS custom properties) as they hold now, e.g. `token("--ink")`. */
export function tokenReader(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

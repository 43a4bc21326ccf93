// Applies the stored theme before the first paint. The rest of the theme code is src/lib/theme.ts.
try {
  const theme = localStorage.getItem("hotspan.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage: the system's theme holds.
}

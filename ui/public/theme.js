// Applies the stored theme and palette before the first paint. The rest of the theme code is src/lib/theme.ts.
try {
  const theme = localStorage.getItem("hotspan.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  if (localStorage.getItem("hotspan.palette") === "safe") document.documentElement.dataset.palette = "safe";
} catch {
  // No storage: the system's theme holds.
}

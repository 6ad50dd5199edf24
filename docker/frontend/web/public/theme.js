// Sets the chosen theme before anything is painted, so that the page never flashes. The
// Content-Security-Policy forbids inline scripts, hence a file of its own.
try {
  const theme = localStorage.getItem("saydone.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the theme follows the system.
}

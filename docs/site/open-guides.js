// The guides stay open in the navigation until a reader closes them.
try {
  localStorage.setItem(
    'tsd-accordion-Guides',
    localStorage.getItem('tsd-accordion-Guides') ?? 'true',
  );
} catch {
  // The browser forbids storage: the guides stay closed
}

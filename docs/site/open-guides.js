// Guides are open in the navigation until a reader closes them.
try {
  localStorage.setItem(
    'tsd-accordion-Guides',
    localStorage.getItem('tsd-accordion-Guides') ?? 'true',
  );
} catch {
  // Where nothing may be stored they stay closed
}

/** `/orders/{id}` and `/orders/*` cover `/orders/7`; the latter also what is below it. */
export function covers(route: string, path: string): boolean {
  const ends = route.endsWith('/*');
  const wanted = (ends ? route.slice(0, -2) : route).split('/');
  const given = (path.split('?')[0] ?? '').split('/');
  if (ends ? given.length <= wanted.length : given.length !== wanted.length) return false;
  return wanted.every((part, place) => /^\{.+\}$/.test(part) || part === given[place]);
}

export const tokens = {
  lead: 'What programs show to the admin API.',
  create: 'Create a token',
  none: 'No admin token',
  noneHelp: 'Automation that reads or changes this gateway shows one.',
  scopes: 'Scopes',
} as const;

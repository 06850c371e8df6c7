export const teams = {
  lead: 'Who pays: keys and people belong to teams.',
  create: 'Create a team',
  none: 'No team yet',
  noneHelp: 'A team holds keys and people together, and what they spend.',
  members: 'Members',
  spend: 'Spent this month',
  actions: 'Actions',
  deleteMeans: 'The team goes. That works only when no key belongs to it.',
} as const;

export const keys = {
  lead: 'Who may call, which models, and how much.',
  create: 'Create a key',
  nameHelp: 'Letters, digits and . _ : @ -',
  filter: 'Filter by name',
  status: 'Status',
  allStatuses: 'All statuses',
  none: 'No key yet',
  noneHelp: 'A key lets a program call the models. Create the first one.',
  hint: 'Begins with',
  team: 'Team',
  noTeam: 'No team',
  models: 'Models',
  allModels: 'All models',
  networks: 'Networks',
  anyNetwork: 'Any; or for instance 10.0.0.0/8',
  expires: 'Expires',
  created: 'Created',
  limits: 'Limits',
  amount: 'Amount',
  measure: 'Of what',
  per: 'Per',
  addLimit: 'Add a limit',
  removeLimit: 'Remove this limit',
  lastUsed: 'Last used',
  never: 'Never',
  details: 'Key',
  requests: 'Its requests',
  secretTitle: 'The secret of the key',
  secretHelp: 'It is shown this once and kept as a digest. Put it where it belongs now.',
  copySecret: 'Copy the secret',
  kept: 'I have kept it',
  rotate: 'Rotate',
  rotateMeans: 'The key gets another secret. The old one works on for an hour.',
  revoke: 'Revoke',
  revokeMeans: 'Every call with it is refused from now on. This cannot be taken back.',
} as const;

export const keyStatus = { active: 'Active', expired: 'Expired', revoked: 'Revoked' } as const;

export const measures = {
  requests: 'requests',
  tokens: 'tokens',
  cost: 'US dollars',
  concurrency: 'at once',
} as const;

export const per = {
  minute: 'per minute',
  hour: 'per hour',
  day: 'per day',
  month: 'per 30 days',
} as const;

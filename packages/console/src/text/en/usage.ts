export const usage = {
  lead: 'What was used and what it cost.',
  by: 'By',
  spans: { '24h': '24 h', '7d': '7 d', '30d': '30 d', '90d': '90 d' },
  groups: {
    day: 'By day',
    hour: 'By hour',
    model: 'By model',
    key: 'By key',
    team: 'By team',
    owner: 'By owner',
    target: 'By target',
  },
  cached: '{{value}} of them cached',
  unpriced: 'Unpriced',
  unpricedHelp: 'Their price is not known; they are not in the cost.',
  csv: 'CSV',
  none: 'Nothing was used in this time',
} as const;

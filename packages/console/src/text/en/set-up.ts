export const setUp = {
  title: 'Make it yours',
  lead: 'You become the owner of this Vitalgate. The link works this once.',
  name: 'Your name',
  submit: 'Begin',
  owned: 'This Vitalgate has an owner already',
  ownedHelp: 'The link has been used, and is good no more.',
  goOn: 'Go on to the console',
  incomplete: 'This link is not complete',
  incompleteHelp: 'Copy the whole line from the terminal.',
  askOwner: 'Ask whoever sent it for another.',
  invitation: 'Welcome',
  invitationLead: 'Choose a password; you are signed in with it at once.',
} as const;

export { describeMistakes, parseConfig, type PlacedMistake } from './config/load.ts';
export { readConfiguration } from './config/read.ts';
export { startGateway, type Gateway, type StartOptions } from './main.ts';
export { openStore, type Store } from './store/database.ts';
export { createKey, listKeys, revokeKey, type KeyListing } from './store/keys.ts';

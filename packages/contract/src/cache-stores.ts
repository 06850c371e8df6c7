/** Where remembered answers are kept. */
export const cacheStores = ['memory', 'sqlite', 'redis'] as const;

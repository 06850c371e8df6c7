/** Told for every hint to cache: the only other place where its loss shows is the bill. */
export const AUTOMATIC_CACHE = 'this provider caches by itself';

/** Around a value that names no element of its own. */
export const ROOT = 'root';
/** Around each item of a list that has no name. */
export const ITEM = 'item';
/** The text of an element that has attributes as well. */
export const TEXT = '#text';
/** Before the names of attributes. */
export const ATTRIBUTE = '@';
/** XML Schema part 1, 2.6.2: an element that is null. */
export const NIL = 'xsi:nil';
export const XMLNS = 'xmlns:xsi';
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

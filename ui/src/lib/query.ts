/** Values as the query language reads them back. */

/** Text that stands for itself, whatever is in it. */
export function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** A value, in quotation marks where it needs them. */
export function asValue(text: string): string {
  const plain = /^[A-Za-z0-9_][A-Za-z0-9_.@/-]*$/.test(text) && !/^(?:OR|AND|NOT)$|\.\./.test(text);
  return plain ? text : quote(text);
}

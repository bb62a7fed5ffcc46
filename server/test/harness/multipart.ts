/** A form with one file, as a browser sends it. */
export function multipartBody(
  name: string,
  bytes: Buffer,
  mime: string,
): { body: Buffer; headers: Record<string, string> } {
  const boundary = 'otklik-boundary-7265401';
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${mime}\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return { body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } };
}

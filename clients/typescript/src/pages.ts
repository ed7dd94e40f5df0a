interface Page {
  next_page_token?: string;
}

/** Goes through all items of a list, page after page; the next page is read when its first item is wanted. */
export async function* pages<P extends Page, T>(
  read: (pageToken: string | undefined) => Promise<P>,
  items: (page: P) => readonly T[],
  first?: string,
): AsyncGenerator<T, void, void> {
  for (let token = first; ; ) {
    const page = await read(token);
    yield* items(page);
    token = page.next_page_token;
    if (token === undefined) {
      return;
    }
  }
}

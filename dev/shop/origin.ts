/** Where `npm run shop` serves its page; the API of `npm start` may be called from there. */
export const SHOP_PORT = 4100;
export const SHOP_ORIGIN = `http://localhost:${SHOP_PORT}`;

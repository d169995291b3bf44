// Who sent the visitor: ?ref=0x… of the link that they followed, kept for the visit.
const kept = "referrer";
const address = /^0x[0-9a-fA-F]{40}$/;

const asked = new URLSearchParams(location.search).get("ref") ?? "";
if (address.test(asked)) sessionStorage.setItem(kept, asked);

export const referrer = (): string => sessionStorage.getItem(kept) ?? "";
export const forgetReferrer = (): void => sessionStorage.removeItem(kept);

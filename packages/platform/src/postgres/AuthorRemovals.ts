/** Advisory lock between the removal of an author, who takes it alone, and whoever writes something of an author, who shares it. */
export const AUTHOR_REMOVALS = 0x5349_4701

// A wide table scrolls in a box that the theme's script puts around it: with the table in the order of tabs, the arrow keys scroll it.
for (const table of document.querySelectorAll("article table")) table.tabIndex = 0;

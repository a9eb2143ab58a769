// Sets the remembered theme before anything is painted. Not a module: those run too late for that.
document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";

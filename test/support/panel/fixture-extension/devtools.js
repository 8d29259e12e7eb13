chrome.devtools.panels.create("Fixture", "", "fixture-panel.html");

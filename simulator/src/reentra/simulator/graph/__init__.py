"""Microsoft Graph v1.0 as far as a directory backup sees it: `app.build_graph_app(cloud)` serves it."""

"""The script of the dashboard, in a folder of its own: beside `pages/` Streamlit would take each module there for a page."""

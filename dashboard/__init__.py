"""For people: the Streamlit pages."""

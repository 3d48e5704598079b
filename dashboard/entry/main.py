"""The script that Streamlit runs for every visit: it draws the frame and the page in it."""

from dashboard import frame

frame.run()

"""What both apps share: the gate, the server around Streamlit, the shell of a page."""

// The machine from the side. Each part is a button: a click does with it what a hand does next.
const SVG="http://www.w3.org/2000/svg";
// name, Chinese, x, y, width, height, what a hand does with it now (a word of /actions; "" for nothing), whether it stands out
const PARTS=[
 ["feeder","进卡槽",20,70,84,118,s=>s.feed_failed?"free the feeder":"fill the feeder",s=>s.feed_failed||!s.feeder.length],
 ["cover","上盖",190,24,300,20,s=>s.cover_open?"close the cover":"open the cover",s=>s.cover_open],
 ["ribbon","色带",330,56,150,44,s=>!s.ribbon?"put a new ribbon in":s.ribbon.chip_found?"take the ribbon out":"reseat the ribbon chip",s=>!s.ribbon||!s.ribbon.chip_found||!s.ribbon.cards_left],
 ["chip-station","芯片位",196,88,96,40,s=>s.contacts_dirty?"clean the contacts":"dirty the contacts",s=>s.contacts_dirty],
 ["print-head","打印头",348,108,114,26,s=>s.head_dirty?"clean the print head":"dirty the print head",s=>s.head_dirty],
 ["output-hopper","出卡口",646,118,92,56,s=>s.output_hopper.length?"take the card":"",s=>s.output_hopper.length],
 ["reject-box","废卡盒",560,226,110,48,s=>!s.reject_box_in?"put the reject bin in":s.reject_box.length?"empty the reject bin":"take the reject bin out",s=>!s.reject_box_in||s.reject_box_full],
 ["printer-cable","打印机线",130,240,118,32,s=>s.printer_cable?"pull the printer cable":"plug the printer cable in",s=>!s.printer_cable],
 ["reader-cable","读卡器线",262,240,118,32,s=>s.reader_cable?"pull the reader cable":"plug the reader cable in",s=>!s.reader_cable],
 ["power","电源",394,240,96,32,s=>s.power?"cut the power":"switch the power on",s=>!s.power],
];
const AT={"feeder":62,"contact":244,"print-start":405,"flipper":540,"output-hopper":692,"reject-box":615};
const PATH=150; // height of the card path
function node(parent,tag,attributes,text){const e=document.createElementNS(SVG,tag);for(const k in attributes) e.setAttribute(k,attributes[k]);if(text!==undefined)e.textContent=text;parent.append(e);return e}
function names(actions){const found={};for(const a of actions) found[a.action]=a.chinese;return found}
async function press(word){
 const r=await fetch("/do",{method:"POST",body:JSON.stringify({action:word})});
 by("said").textContent=r.ok?"":(await r.json()).error;
}
// A part is made once: a press that begins before the machine changes ends at the same button.
function part(parent,name,title){
 const g=node(parent,"g",{"data-part":name,tabindex:"0",role:"button"});node(g,"title",{});
 g.say=(word,chinese,stands)=>{
  g.dataset.word=word||"";g.setAttribute("class","part"+(stands?" stands":"")+(word?"":" still"));
  g.setAttribute("aria-disabled",word?"false":"true");g.setAttribute("aria-label",word?title+"："+chinese:title);
  g.firstChild.textContent=chinese||"";
 };
 const go=()=>{if(g.dataset.word) press(g.dataset.word)};
 g.addEventListener("click",go);
 g.addEventListener("keydown",e=>{if(e.key==="Enter"||e.key===" "){e.preventDefault();go()}});
 return g;
}
const made={};
function make(svg){
 node(svg,"rect",{x:116,y:44,width:518,height:170,rx:10,"class":"case"});
 node(svg,"path",{d:`M104 ${PATH}H646`,"class":"path"});
 for(const [name,title,x,y,width,height] of PARTS){
  const g=made[name]=part(svg,name,title);
  if(name.endsWith("-cable")) node(g,"path",{d:`M${x+width/2} 214V${y}`,"class":"wire"});
  node(g,"rect",{x,y,width,height,rx:5});
  if(name==="feeder") for(let n=0;n<8;n++) node(g,"path",{d:`M${x+10} ${y+height-10-8*n}h${width-20}`,"class":"stack"});
  node(g,"text",{x:x+width/2,y:y+(name==="feeder"?20:height/2+5)},title);
 }
 const card=made.card=part(svg,"card","机内的卡");
 node(card,"rect",{y:PATH-6,width:60,height:12,rx:2,"class":"card"});
}
function draw(s,chinese){
 if(!made.card) make(by("drawing"));
 for(const [name,title,x,y,width,height,hand,wrong] of PARTS){
  const g=made[name],word=hand(s);g.say(word,chinese[word],wrong(s));
  const counted=name==="feeder"?s.feeder.length:name==="reject-box"&&s.reject_box_in?s.reject_box.length:null;
  g.querySelector("text").textContent=counted===null?title:title+" "+counted;
  if(name==="cover") g.setAttribute("transform",s.cover_open?"translate(0 -22)":"");
  if(name.endsWith("-cable")) g.querySelector(".wire").style.visibility=s[name.replace("-","_")]?"":"hidden";
  if(name==="feeder") g.querySelectorAll(".stack").forEach((line,n)=>{line.style.visibility=n<s.feeder.length?"":"hidden"});
 }
 const at=s.card_inside?AT[s.card_inside.place]:undefined;
 made.card.style.display=at===undefined?"none":"";
 const word=at===undefined?"":s.jammed?"clear the jam":"jam the card";
 made.card.say(word,chinese[word],s.jammed);
 if(at!==undefined) made.card.querySelector("rect").setAttribute("x",at-30);
}
